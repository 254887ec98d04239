"""Settings of the test run: the demo's, in a folder of their own that is gone afterwards, with a quick password hash.

What the caller's shell says about databases and servers is left aside; the run's own servers come by the TEST_*
variables (see conftest.py).
"""

import atexit
import os
import shutil
import tempfile

_PREFIXES = ("RONGQIAO_", "DATABASE_", "REDIS_", "CELERY_", "SEARCH_", "ELASTICSEARCH_")
for _name in [name for name in os.environ if name.startswith(_PREFIXES)]:
    del os.environ[_name]

_folder = tempfile.mkdtemp(prefix="rongqiao-test-")
atexit.register(shutil.rmtree, _folder, ignore_errors=True)
os.makedirs(os.path.join(_folder, "static"))
os.environ["RONGQIAO_DEMO"] = "1"
os.environ["RONGQIAO_VAR"] = _folder
if os.environ.get("TEST_DATABASE") == "postgresql":
    os.environ["DATABASE_URL"] = os.environ["TEST_DATABASE_URL"]

from backend.config.settings import *  # noqa: E402, F403
from backend.config.settings import DATABASES  # noqa: E402

if DATABASES["default"]["ENGINE"] == "django.db.backends.sqlite3":
    # A file, not memory: threads and several connections then behave as in the real thing.
    DATABASES["default"]["TEST"] = {"NAME": os.path.join(_folder, "test.sqlite3")}
    DATABASES["default"]["OPTIONS"]["init_command"] = (
        "PRAGMA journal_mode=WAL; PRAGMA synchronous=OFF; PRAGMA foreign_keys=ON;"
    )
SECOND_FACTOR_KINDS = []  # the tests of signing in ask for it
EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.InMemoryStorage"},
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}
