"""All combinations in turns, each turn in a process of its own."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace

from ultrasam.benchmarking.agreement import Agreement, agreement
from ultrasam.benchmarking.combinations import REFERENCE, Combination
from ultrasam.benchmarking.job import Measured
from ultrasam.benchmarking.questions import Questions
from ultrasam.benchmarking.workspace import Workspace, workspace


@dataclass(frozen=True)
class Outcome:
    """What became of one combination.

    Attributes:
        combination: which.
        first: the first process, which makes what the backend needs and answers once.
        rounds: the processes that measured.
        agreement: with the reference; None where one of both has not answered.
        failure: why it was given up, in a sentence; None where it was not.
    """

    combination: Combination
    first: Measured | None = None
    rounds: tuple[Measured, ...] = ()
    agreement: Agreement | None = None
    failure: str | None = None


@dataclass(eq=False)
class Benchmark:
    """A comparison that goes on turn by turn; stop it when you like, and what was measured stays.

    Attributes:
        questions: what every combination is asked.
        combinations: in the order of their first turn, the reference first.
        on_turn: told before each turn what is measured, how many turns are done, and how many there are.
        outcomes: of each combination, as far as it has come.
        complete: whether it came to its end.
    """

    questions: Questions
    combinations: Sequence[Combination]
    on_turn: Callable[[str, int, int], None]
    outcomes: dict[Combination, Outcome] = field(default_factory=dict)
    complete: bool = False

    def run(self) -> None:
        """Measure everything."""
        self.outcomes.update({combination: Outcome(combination) for combination in self.combinations})
        turns = list(self._turns())
        with workspace(self.questions) as place:
            for done, (turn, combination) in enumerate(turns):
                if self.outcomes[combination].failure is not None:
                    continue
                words = f"{combination.name}, {f'round {turn}' if turn else 'first time'}"
                self.on_turn(words, done, len(turns))
                self._take_turn(place, combination, turn)
                if not turn:
                    self._compare(place, combination)
        self.complete = True

    def _turns(self) -> Iterator[tuple[int, Combination]]:
        """Round and combination; round 0 is the first time."""
        for turn in range(self.questions.rounds + 1):
            # There and back, so that a machine that becomes slower does not slow the last ones most.
            order = reversed(self.combinations) if turn and not turn % 2 else self.combinations
            yield from ((turn, combination) for combination in order)

    def _take_turn(self, place: Workspace, combination: Combination, turn: int) -> None:
        before = self.outcomes[combination]
        found = place.ask(combination, runs=self.questions.runs if turn else 0)
        if isinstance(found, str):
            self.outcomes[combination] = replace(before, failure=found)
        elif turn:
            self.outcomes[combination] = replace(before, rounds=(*before.rounds, found))
        else:
            self.outcomes[combination] = replace(before, first=found)

    def _compare(self, place: Workspace, combination: Combination) -> None:
        own, reference = self.outcomes[combination], self.outcomes[REFERENCE]
        if own.first is not None and reference.first is not None:
            compared = agreement(place.answers(combination), place.answers(REFERENCE))
            self.outcomes[combination] = replace(own, agreement=compared)
