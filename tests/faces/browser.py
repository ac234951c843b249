"""One person at a browser: goes to pages, fills forms, and remembers every error the browser complains of."""

from __future__ import annotations

from typing import Any

PASSWORD = "bihuan-demo"  # of the demonstration log-ins


class Visitor:
    """A page and the address it belongs to."""

    def __init__(self, page: Any, base: str) -> None:
        self.page, self.base = page, base
        self.complaints: list[str] = []
        page.set_default_timeout(60_000)
        page.on("pageerror", lambda error: self.complaints.append(f"{page.url}: {error}"))
        page.on("console", self._note)

    def _note(self, message: Any) -> None:
        # A form answered with 4xx is meant to be; everything else the console calls an error is one.
        if message.type == "error" and "the server responded with a status of 4" not in message.text:
            self.complaints.append(f"{self.page.url}: {message.text}")

    def go(self, path: str) -> Any:
        """Open a page of the installation; returns the response."""
        return self.page.goto(self.base + path)

    def sign_in(self, user: str) -> None:
        """Sign in as one of the demonstration users."""
        self.go("/accounts/login/")
        self.page.fill("#id_login", user)
        self.page.fill("#id_password", PASSWORD)
        self.page.click("main button.primary >> nth=0")
        self.page.wait_for_url("**/home/")

    def act(self, command: str, **values: str) -> None:
        """Fill in and send the form of a command on the present page; radios are chosen, files attached."""
        form = self.page.locator(f"#act-{command}")
        if not form.evaluate("element => element.open"):
            form.locator("summary").first.click()
        for name, value in values.items():
            field = form.locator(f'[name="{name}"]').first
            kind = field.get_attribute("type")
            if kind == "radio":
                form.locator(f'[name="{name}"][value="{value}"]').check()
            elif kind == "file":
                field.set_input_files(value)
            elif field.evaluate("element => element.tagName") == "SELECT":
                field.select_option(value)
            else:
                field.fill(value)
        form.locator("form button").last.click()
        self.page.wait_for_load_state()

    def text(self) -> str:
        """What the page says."""
        return str(self.page.inner_text("body"))

    def ring(self) -> list[str]:
        """Status of each segment of the big ring, clockwise."""
        return list(
            self.page.eval_on_selector_all(
                ".ring.large path:not(.tick)", "paths => paths.map(p => p.getAttribute('class'))"
            )
        )
