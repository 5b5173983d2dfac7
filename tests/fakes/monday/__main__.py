"""`python -m tests.fakes.monday --port 8131`: the fake for looking at by hand, and for products in other processes."""

import argparse
import threading

from tests.fakes.monday import Monday


def main() -> None:
    """Until interrupted."""
    words = argparse.ArgumentParser(description=__doc__)
    words.add_argument("--port", type=int, default=8131)
    words.add_argument("--latency", type=float, default=0.02, help="seconds for each call")
    words.add_argument("--plan", default="pro")
    words.add_argument("--people", nargs="*", default=["it.manager", "agent", "requester", "stranger"])
    chosen = words.parse_args()
    with Monday(port=chosen.port, latency=chosen.latency, plan=chosen.plan, delivers=True) as fake:
        for name in chosen.people:
            fake.person(name.replace(".", " ").title(), f"{name}@kumala.example")
        print(f"The board, and people who change it: {fake.url.removesuffix('v2')}")
        print(f"MONDAY_API_URL={fake.url} MONDAY_TOKEN={fake.token}", flush=True)
        threading.Event().wait()


if __name__ == "__main__":
    main()
