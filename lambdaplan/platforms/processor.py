"""The processor of an option: the scenario's, one of its own, or the cheaper of both."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Self

from lambdaplan.pricing.price_book import PriceBook
from lambdaplan.schema.fields import choice
from lambdaplan.schema.reading import with_name

if TYPE_CHECKING:
    from lambdaplan.platforms.option import Option

PROCESSORS = {"x86_64": "x86", "arm64": "Arm"}
ANY = "any"  # each option on both processors, of which the cheaper is kept
EITHER = " or ".join(PROCESSORS.values())


def architecture_field(meaning: str, *, inherited: bool = True) -> Any:
    """Declare the field of a processor; an `inherited` one is the scenario's where it is not given."""
    words = f"{meaning}; any is the cheaper of both" + "; default: the scenario's" * inherited
    return choice(words, *PROCESSORS, ANY, default="x86_64", inherited=inherited)


def with_processor(document: Mapping[str, Any], architecture: str) -> Mapping[str, Any]:
    """The document of an option with a processor, where it says none."""
    return document if document.get("architecture") is not None else with_name(document, "architecture", architecture)


class EitherProcessor:
    """An option that runs on either processor: its field `architecture` says which, or that the cheaper is kept."""

    architecture: str

    @classmethod
    def inheriting(cls, document: Mapping[str, Any], architecture: str, book: PriceBook) -> Mapping[str, Any]:
        """Its document with the scenario's processor, where it says none."""
        return with_processor(document, architecture)

    @property
    def is_open(self) -> bool:
        """Whether its size or its processor is left to be chosen."""
        return self.architecture == ANY or bool(self.is_choice)  # type: ignore[attr-defined]  # every option has it

    def runs_on(self, architecture: str) -> bool:
        """Whether it runs on a processor: on both, unless a platform says otherwise."""
        return True

    def one_processor_each(self) -> Sequence[Self]:
        """The option on each processor that it may have, x86 first."""
        if self.architecture != ANY:
            return (self,)
        return [self._on(name) for name in PROCESSORS if self.runs_on(name)]

    def on_processor(self, architecture: str, book: PriceBook, region: str) -> Self | None:
        """The option on a processor; None where it does not run on it."""
        return self._on(architecture) if self.runs_on(architecture) else None

    def processors(self, book: PriceBook) -> frozenset[str]:
        """The processors that it may have."""
        return frozenset(one.architecture for one in self.one_processor_each())

    def _on(self, architecture: str) -> Self:
        return dataclasses.replace(self, architecture=architecture)  # type: ignore[type-var]  # options are dataclasses

    @property
    def processor_words(self) -> str:
        """What a label says of the processor: nothing for x86."""
        return {"x86_64": "", ANY: f" {EITHER}"}.get(self.architecture, f" {PROCESSORS.get(self.architecture, '')}")


def joined(parts: Sequence[Option], book: PriceBook) -> frozenset[str]:
    """The processors of several parts together."""
    return frozenset().union(*(part.processors(book) for part in parts))
