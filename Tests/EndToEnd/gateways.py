"""Configurations of gateways under test."""
import contextlib
import json

from processes import Gateway

# What tells a `RawBackend` how to answer.
STEERING = ["x-reply-bin", "x-status", "x-message", "x-details-bin", "x-initial", "x-trailing",
            "x-sleep"]
SERVICE = "user.v1.UserService"
USER_ROUTES = [
    {"route": "GET /v1/users/{user_id}", "rpc": f"{SERVICE}/GetUser"},
    {"route": "POST /v1/users", "rpc": f"{SERVICE}/CreateUser", "body": "*"},
    {"route": "PATCH /v1/users/{user.id}", "rpc": f"{SERVICE}/UpdateUser", "body": "user"},
    {"route": "DELETE /v1/users/{user_id}", "rpc": f"{SERVICE}/DeleteUser",
     "success": {"status": 204}},
]


def write(folder, backend, descriptors, routes=USER_ROUTES, routes_from=None, **changes):
    """Writes a configuration and its route file into `folder`; the path of the former.

    `backend` is an address or the backend's whole mapping; `changes` are further top-level keys.
    JSON is YAML.
    """
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "routes.json").write_text(json.dumps({"routes": routes}, indent=2))
    config = {
        "listen": [{"address": "127.0.0.1:0"}],
        "admin": {"address": "127.0.0.1:0"},
        "schema": {"descriptor_sets": [str(descriptors)]},
        "routes": [routes_from or "routes.json"],
        "backends": {"users": backend if isinstance(backend, dict) else {"address": backend}},
        "metadata": {"request": STEERING},
        "defaults": {"backend": "users"},
        "loops": 1,
        **changes,
    }
    path = folder / "transom.yaml"
    path.write_text(json.dumps(config, indent=2))
    return path


class Gateways:
    """Starts gateways for one module or test and sees to their end."""

    def __init__(self, folder, descriptors):
        self.folder = folder
        self.descriptors = descriptors
        self.stack = contextlib.ExitStack()
        self.count = 0

    def config(self, backend, **changes):
        self.count += 1
        return write(self.folder / f"gateway-{self.count}", backend, self.descriptors, **changes)

    def start(self, backend, env=None, **changes):
        """A running gateway; it must exit 0 in the end, or the test fails."""
        return self.stack.enter_context(Gateway(self.config(backend, **changes), env))

    def detached(self, backend, **changes):
        """A gateway that the test itself ends; it is killed if it does not."""
        gateway = Gateway(self.config(backend, **changes))
        self.stack.callback(gateway.kill)
        return gateway
