import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "backend.config.settings")
application = get_wsgi_application()

from workers import ticking  # noqa: E402  needs the applications that are loaded above

ticking.start()
