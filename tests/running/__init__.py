"""How the product is started, stopped and watched."""
