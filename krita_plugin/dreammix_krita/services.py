"""What docker and dialogs work with: made once at the plugin's start, and handed to each of them."""

from dataclasses import dataclass

from dreammix_krita.canvas import Canvas
from dreammix_krita.client.client import Client
from dreammix_krita.flow.keeper import Keeper
from dreammix_krita.flow.shelf import Shelf
from dreammix_krita.settings import Settings
from dreammix_krita.texts import Catalogue


@dataclass(frozen=True, slots=True, kw_only=True)
class Services:
    """The plugin's parts that know no widgets.

    Attributes:
        client: the line to the backend.
        keeper: how it stands with the backend; starts and stops it.
        canvas: Krita's documents.
        shelf: the artist's subjects. A dialog that changes the library calls `shelf.refresh()`; one that
            wants a subject tried on the current document calls `shelf.choose(subject)`.
        texts: what the artist reads, in the artist's language.
        settings: what is remembered from one start to the next.
    """

    client: Client
    keeper: Keeper
    canvas: Canvas
    shelf: Shelf
    texts: Catalogue
    settings: Settings

    @property
    def artist(self) -> str:
        """Whose library is open."""
        return self.settings.value.artist
