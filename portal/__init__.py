"""Pages that belong to no single app: home by role, the dashboard, operations, the local mailbox of the demo."""
