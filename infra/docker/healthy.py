"""Exit code 0 if an address answers with 200, else 1 and the reason: images without curl need a health check too.

python infra/docker/healthy.py http://127.0.0.1:4200/api/health
"""

import http.client
import sys
from urllib.parse import urlsplit

_PATIENCE = 5.0  # seconds


def trouble(address: str) -> str:
    """Why ``address`` isn't healthy; empty if it is. Only http, and no redirections."""
    parts = urlsplit(address)
    connection = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=_PATIENCE)
    try:
        connection.request("GET", parts.path or "/")
        status = connection.getresponse().status
    except (OSError, http.client.HTTPException) as error:
        return f"{address}: {error}"
    finally:
        connection.close()
    return "" if status == http.HTTPStatus.OK else f"{address}: status {status}"


if __name__ == "__main__":
    sys.exit(trouble(sys.argv[1]) or 0)
