"""Voilà as the explorer's page runs in it, with answers of its own where Voilà's end in an internal error."""

from __future__ import annotations

from typing import Any

from jupyter_server.auth.decorator import allow_unauthenticated
from jupyter_server.base.handlers import JupyterHandler
from jupyter_server.utils import url_path_join
from tornado.web import HTTPError
from voila.app import Voila
from voila.static_file_handler import TemplateStaticFileHandler


class LogOut(JupyterHandler):
    """Forget who is logged in, and ask for the token again."""

    @allow_unauthenticated
    def get(self) -> None:
        """Leave for the page that asks for the token: Voilà's own page of farewell can't be drawn."""
        self.identity_provider.clear_login_cookie(self)
        self.redirect(self.get_login_url())


class TemplateFiles(TemplateStaticFileHandler):  # type: ignore[misc]  # Voilà has no types
    """The static files of templates; an address that names none is not found."""

    def parse_url_path(self, url_path: str) -> Any:
        """The path of a file: TEMPLATE/static/FILE."""
        parts = url_path.split("/", 2)
        if len(parts) < 3 or parts[1] != "static" or {".", "..", ""} & set(url_path.split("/")):
            raise HTTPError(404)
        return super().parse_url_path(url_path)


class ExplorerPage(Voila):  # type: ignore[misc]  # Voilà has no types
    """Voilà, with two handlers before its own."""

    def init_handlers(self) -> list[Any]:
        """The handlers, the first that fits an address is asked."""
        own = [(r"/logout", LogOut), (r"/voila/templates/(.*)", TemplateFiles)]
        return [*((url_path_join(self.server_url, path), handler) for path, handler in own), *super().init_handlers()]
