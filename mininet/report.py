"""What was expected and what was seen: on the terminal, as a table, as a plot."""

import json
import os
import shutil
import subprocess
from dataclasses import dataclass, field

BEGIN, END = "<!-- results -->\n", "<!-- end of results -->\n"


@dataclass
class Check:
    about: str
    expectation: str
    seen: str
    good: bool
    of_time: bool  # a slow machine alone can make it bad

    def row(self):
        return f"| {self.about} | {self.expectation} | {self.seen} | {'yes' if self.good else '**no**'} |"


@dataclass
class Report:
    checks: list = field(default_factory=list)
    skipped: list = field(default_factory=list)
    facts: dict = field(default_factory=dict)
    series: list = field(default_factory=list)  # of experiments: what the plot shows

    def expect(self, about, expectation, seen, good, of_time=False):
        self.checks.append(Check(about, expectation, seen, bool(good), of_time))
        print(f"  {'good' if good else 'BAD '}  {expectation}: {seen}", flush=True)

    def skip(self, about, why):
        self.skipped.append((about, why))
        print(f"  skipped: {about}: {why}", flush=True)

    @property
    def good(self):
        return all(each.good for each in self.checks)

    def summary(self):
        bad = sum(not each.good for each in self.checks)
        return f"{len(self.checks) - bad} passed, {bad} failed, {len(self.skipped)} skipped"

    def write(self, directory):
        os.makedirs(directory, exist_ok=True)
        with open(os.path.join(directory, "results.json"), "w") as file:
            json.dump({"checks": [vars(each) for each in self.checks], "skipped": self.skipped, "facts": self.facts,
                "good": self.good}, file, indent=1)
        with open(os.path.join(directory, "table.md"), "w") as file:
            file.write("".join(f"{line}\n" for line in self._table()))
        self._plot(directory)

    def record(self, directory, docs):
        """The same in docs/: the table between its marks, the plot beside it."""
        path = os.path.join(docs, "NETWORK.md")
        with open(path) as file:
            before, _, rest = file.read().partition(BEGIN)
        _, _, after = rest.partition(END)
        with open(f"{path}.new", "w") as file:
            file.write(before + BEGIN + "".join(f"{line}\n" for line in self._table()) + END + after)
        os.replace(f"{path}.new", path)
        shutil.copy(os.path.join(directory, "plot.png"), os.path.join(docs, "network.png"))

    def _table(self):
        yield "| experiment | expected | seen | good |"
        yield "|---|---|---|---|"
        for each in self.checks:
            yield each.row()
        for about, why in self.skipped:
            yield f"| {about} | | skipped: {why} | |"
        yield ""
        yield "; ".join(f"{name}: {value}" for name, value in self.facts.items()) + "."

    def _plot(self, directory):
        """A panel an experiment: how long pages took and messages were on the way, over time."""
        if not self.series or shutil.which("gnuplot") is None:
            return
        for number, each in enumerate(self.series):
            for name in ("pages", "failed", "messages"):
                with open(os.path.join(directory, f"plot-{number}-{name}.txt"), "w") as file:
                    # A line for nothing, for gnuplot will not read an empty file.
                    rows = each[name] or [(-1, 1)]
                    file.write("".join(f"{seconds:.3f} {ms:.1f}\n" for seconds, ms in rows))
        script = os.path.join(directory, "plot.gp")
        with open(script, "w") as file:
            file.write(self._gnuplot())
        subprocess.run(["gnuplot", os.path.basename(script)], cwd=directory, check=True)

    def _gnuplot(self):
        n = len(self.series)
        lines = [f"set terminal pngcairo size 900,{180 * n + 60} font 'sans-serif,10' background '#ffffff'",
            "set output 'plot.png'", f"set multiplot layout {n},1 margins 0.07,0.98,0.05,0.94 spacing 0.06",
            "set logscale y", "set yrange [1:60000]", "set grid ytics lc '#dddddd'",
            "set ytics ('1 ms' 1, '10 ms' 10, '0.1 s' 100, '1 s' 1000, '10 s' 10000, '1 min' 60000)"]
        for number, each in enumerate(self.series):
            begin, end = each["fault"]
            last = "set xlabel 'seconds'" if number == n - 1 else "unset xlabel"
            key = "set key at screen 0.98,0.985 right horizontal" if number == 0 else "set key off"
            lines += [last, key, f'set label 1 "{each["title"]}" at graph 0,1.1 left',
                f"set xrange [0:{each['seconds']:.1f}]", "unset object", f"set object 1 rectangle from {begin:.2f},graph 0 to {end:.2f},graph 1 fc '#f4d9c6' "
                "fs solid 0.6 noborder behind",
                f"plot 'plot-{number}-pages.txt' with points pt 7 ps 0.5 lc '#2a6f97' title 'pages', "
                f"'plot-{number}-messages.txt' with points pt 7 ps 0.5 lc '#e07a1f' title 'messages, to the last seat', "
                f"'plot-{number}-failed.txt' with points pt 2 ps 0.7 lc '#c1121f' title 'pages that failed'"]
        return "\n".join([*lines, "unset multiplot", ""])
