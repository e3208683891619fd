"""oidc-provider-mock as it comes, on a free loopback port.

Writes its URL to the file that is named by the first argument.
"""

import sys
from pathlib import Path

from oidc_provider_mock import app
from werkzeug.serving import make_server

# One request at a time: by many threads, it gives several tokens for one code in a race, at some
# times and not at others.
server = make_server("127.0.0.1", 0, app())
Path(sys.argv[1]).write_text(f"http://127.0.0.1:{server.port}")
server.serve_forever()
