"""The command line: arguments in, one result on standard output, one clear message on standard error."""

from __future__ import annotations

import argparse
import json
import os
import sys
import traceback
import warnings
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn, cast

from clustertrade.catalog import elsewhere, find, index, scope
from clustertrade.errors import ClustertradeError, DataError, InfeasibleError, UsageError, first_of
from clustertrade.options import OPTIONS
from clustertrade.sizes import outside

if TYPE_CHECKING:
    import pandas as pd

FORMATS = ("text", "json", "md", "tex", "csv")
DATA_VERBS = ("test", "estimate", "measure")


class Parser(argparse.ArgumentParser):
    """An argument parser whose errors are UsageErrors: one message, exit 2."""

    def error(self, message: str) -> NoReturn:
        """Raise instead of printing the usage."""
        raise UsageError(f"{self.prog}: {message}")


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line in-process and return its exit code.

    0 done; 1 the procedure could not be computed on this data; 2 wrong usage; 3 unreadable or invalid data.
    """
    words = list(sys.argv[1:] if argv is None else argv)
    debug = "--debug" in words
    words = [w for w in words if w != "--debug"]
    for threads in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
        os.environ.setdefault(threads, "1")                # many small products: threads cost, and change last bits
    with warnings.catch_warnings():
        if not debug:
            warnings.simplefilter("ignore")                # what a user should know stands in the result's warnings
        try:
            sys.stdout.write(_dispatch(words))
            sys.stdout.flush()
        except BrokenPipeError:                            # the reader (head) has seen enough
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        except SystemExit as stop:                         # --help
            return int(stop.code or 0)
        except KeyboardInterrupt:
            print("clustertrade: interrupted", file=sys.stderr)
            return 130
        except Exception as wrong:
            if debug:
                traceback.print_exc()
            said, code = _message(wrong)
            print(f"clustertrade: {' '.join(said.split())}" if "\n  " not in said else f"clustertrade: {said}",
                  file=sys.stderr)
            return code
    return 0


def _message(wrong: Exception) -> tuple[str, int]:
    """What is said about an error, and the exit code."""
    if isinstance(wrong, ClustertradeError):
        return str(wrong), wrong.exit_code
    if isinstance(wrong, OSError):
        return f"{wrong.filename or 'a file'}: {wrong.strerror or wrong}", UsageError.exit_code
    if isinstance(wrong, MemoryError):
        return "there is not enough memory for this: take fewer rows or replications", InfeasibleError.exit_code
    return (f"could not be computed ({type(wrong).__name__}: {str(wrong)[:200]}); this is a fault of clustertrade and "
            "not yours: --debug shows where it lies", InfeasibleError.exit_code)


def _dispatch(words: list[str]) -> str:
    verbs: dict[str, Callable[[list[str]], str]] = {
        "list": _list, "show": _show, **{verb: partial(_compute, verb) for verb in DATA_VERBS},
        "simulate": _simulate, "power": _power, "clean": _clean, "run": _run, "check": _check, "init": _init}
    if words and words[0] in ("--version", "-V"):
        from clustertrade import __version__

        return f"clustertrade {__version__}\n"
    if not words or words[0] in ("-h", "--help", "help"):
        return HELP
    if words[0] not in verbs:
        raise UsageError(f"no command is called {words[0]}; there are {', '.join(verbs)}")
    return verbs[words[0]](words[1:])


HELP = """clustertrade: panel time-series econometrics, and studies of clusters and cross-border e-commerce

  clustertrade list [--family F] [--format text|json]
  clustertrade show NAME
  clustertrade test NAME --data FILE [--entity COL] [--time COL] --y COL [--x COL]... [options]
  clustertrade estimate NAME            (the same)
  clustertrade measure NAME --data FILE [its own columns] [--format json|csv|parquet|text] [--out FILE]
  clustertrade simulate NAME --n N --t T --seed S [--set key=value]... --out FILE
  clustertrade power NAME --data FILE ... [--rho R]
  clustertrade clean STUDY | run STUDY [--only STAGE/ENTRY] [--quiet]
  clustertrade check STUDY
  clustertrade init NAME

FILE is .csv, .tsv, .parquet, .feather, .xlsx or .dta. `clustertrade show NAME` says which options NAME takes.
Exit codes: 0 done, 1 not computable on this data, 2 wrong usage, 3 invalid data. --debug adds the traceback.
"""


def _list(words: list[str]) -> str:
    parser = Parser(prog="clustertrade list", allow_abbrev=False)
    parser.add_argument("--family")
    parser.add_argument("--format", choices=("text", "json"), default="text")
    args = parser.parse_args(words)
    rows = [r for r in index().values() if args.family in (None, r["family"])]
    if not rows:
        families = dict.fromkeys(r["family"] for r in index().values())
        raise UsageError(f"no family is called {args.family}; there are {first_of(families, 12)}")
    if args.format == "json":
        keys = ("name", "family", "title", "null", "alternative", "invariant")
        return json.dumps([{k: r[k] for k in keys} for r in rows], ensure_ascii=False, indent=1) + "\n"
    width = max(len(r["name"]) for r in rows)
    lines = []
    for family in dict.fromkeys(r["family"] for r in rows):
        lines += [family, *(f"  {r['name']:<{width}}  {r['title']}" for r in rows if r["family"] == family)]
    return "\n".join(lines) + "\n"


def _show(words: list[str]) -> str:
    parser = Parser(prog="clustertrade show", allow_abbrev=False)
    parser.add_argument("name")
    row = find(parser.parse_args(words).name)
    from clustertrade.registry import load

    procedure = load(row["name"])
    lines = [f"{row['name']}: {row['title']} ({row['family']}; for {scope(row)})", ""]
    if row["null"]:
        lines += [f"null hypothesis  {row['null']}", f"alternative      {row['alternative']}", ""]
    lines += ["options"]
    for name, facts in row["options"].items():
        default = facts["default"]
        shown = "yes" if default is True else "no" if default is False else "none" if default is None else default
        if isinstance(shown, list):
            shown = " ".join(map(str, shown)) or "none"
        choices = f" [{'|'.join(facts['choices'])}]" if facts["choices"] else ""
        lines.append(f"  {OPTIONS[name].flag}{choices} (default {shown}): {OPTIONS[name].help}")
    if len(row["conventions"]) > 1:
        lines.append(f"  conventions: {', '.join(row['conventions'])}")
    lines += ["", procedure.__doc__ or "", ""]
    if off := outside(row["name"]):
        lines += ["simulated sizes outside of the band of a 5 % test (all: docs/validation/size-power.csv)",
                  *(f"  {s.rate:.3f}  {s.statistic}, trend {s.trend}, N={s.n}, T={s.t}, {s.errors} errors, {s.version}"
                    for s in off), ""]
    return "\n".join(lines)


def _option_flags(parser: argparse.ArgumentParser, row: dict[str, Any]) -> None:
    for name in row["options"]:
        option = OPTIONS[name]
        if option.kind in ("columns", "pairs"):
            parser.add_argument(option.flag, dest=f"option_{name}", action="append", help=option.help)
        elif option.kind == "flag":
            parser.add_argument(option.flag, dest=f"option_{name}", nargs="?", const=True, help=option.help)
        else:
            parser.add_argument(option.flag, dest=f"option_{name}", help=option.help)


def _options_given(args: argparse.Namespace) -> dict[str, Any]:
    return {k.removeprefix("option_"): v for k, v in vars(args).items() if k.startswith("option_") and v is not None}


def _data_parser(verb: str, row: dict[str, Any]) -> Parser:
    parser = Parser(prog=f"clustertrade {verb} {row['name']}", allow_abbrev=False, description=row["title"])
    parser.add_argument("--data", required=True)
    if row["kind"] != "measure":
        parser.add_argument("--entity")
        parser.add_argument("--time")
        parser.add_argument("--freq", choices=OPTIONS["freq"].choices)
        parser.add_argument("--y", required=True)
        parser.add_argument("--x", action="append", default=[])
    _option_flags(parser, row)
    return parser


def _parse(parser: Parser, row: dict[str, Any], words: list[str]) -> argparse.Namespace:
    args, unknown = parser.parse_known_args(words)
    if unknown := [u for u in unknown if u.startswith("-")] or unknown:      # not the values of unknown options
        takes = ", ".join(OPTIONS[o].flag for o in row["options"]) or "no option of its own"
        raise UsageError(f"{row['name']} does not take {first_of(unknown)}; it takes {takes}"
                         + elsewhere(u.partition("=")[0] for u in unknown))
    return args


def _compute(verb: str, words: list[str]) -> str:
    if not words or words[0].startswith("-"):
        raise UsageError(f"clustertrade {verb} NAME --data FILE ...: the name comes first (clustertrade list)")
    row = find(words[0], verb)
    parser = _data_parser(verb, row)
    measure = verb == "measure"
    parser.add_argument("--format", choices=("text", "json", "csv", "parquet") if measure else FORMATS, default="text")
    if measure:
        parser.add_argument("--out")
    args = _parse(parser, row, words[1:])
    data = _read(args.data)
    import clustertrade

    options = _options_given(args)
    with _of_file(args.data):
        if measure:
            return _measured(clustertrade.measure(row["name"], data, **options), args)
        result = getattr(clustertrade, verb)(row["name"], data, y=args.y, x=args.x, entity=args.entity, time=args.time,
                                             freq=args.freq, **options)
        return _printed(result, args.format)


@contextmanager
def _of_file(path: str) -> Iterator[None]:
    """Faults of the data are said with the file that has them."""
    try:
        yield
    except DataError as wrong:
        raise DataError(f"{path}: {wrong}") from wrong


def _read(path: str) -> pd.DataFrame:
    from clustertrade.data.frames import read_frame

    return read_frame(Path(path))


def _printed(result: Any, form: str) -> str:
    if form == "json":
        return json.dumps(result.to_dict(), ensure_ascii=False, indent=1, allow_nan=False) + "\n"
    from clustertrade.present import text

    return text(result.to_dict(), form)


def _measured(result: Any, args: argparse.Namespace) -> str:
    form, suffix = args.format, Path(args.out or "").suffix.lower()
    if form == "text" and suffix in (".tsv", ".xlsx", ".feather", ".dta"):
        from clustertrade.data.frames import write_frame
        from clustertrade.files import whole

        with whole(args.out) as part:
            write_frame(result.to_frame(), part, suffix)
        return ""
    if args.out and form == "text":
        form = {".json": "json", ".csv": "csv", ".parquet": "parquet"}.get(suffix, "text")
    if form == "parquet":
        if not args.out:
            raise UsageError("--format parquet needs --out FILE")
        from clustertrade.run import write_parquet

        write_parquet(args.out, result.to_frame())
        return ""
    text = result.to_frame().to_csv(index=False, lineterminator="\n") if form == "csv" else _printed(result, form)
    if not args.out:
        return text
    from clustertrade.files import write_whole

    write_whole(args.out, text)
    return ""


def _simulate(words: list[str]) -> str:
    parser = Parser(prog="clustertrade simulate", allow_abbrev=False)
    parser.add_argument("name")
    for flag in ("--n", "--t", "--seed"):
        parser.add_argument(flag, type=int, required=True)
    parser.add_argument("--set", action="append", default=[], metavar="KEY=VALUE")
    parser.add_argument("--out", required=True)
    args = parser.parse_args(words)
    settings = {}
    for pair in args.set:
        key, equals, value = pair.partition("=")
        try:
            settings[key] = float(value)
        except ValueError:
            equals = ""
        if not equals:
            raise UsageError(f"--set {pair}: KEY=NUMBER")
    from clustertrade.data.frames import write_frame
    from clustertrade.files import whole
    from clustertrade.simulate import draw

    frame = draw(args.name, args.n, args.t, args.seed, **settings)
    with whole(args.out) as part:
        write_frame(frame, part, Path(args.out).suffix)
    return ""


def _power(words: list[str]) -> str:
    if not words or words[0].startswith("-"):
        raise UsageError("clustertrade power NAME --data FILE ...: the name comes first")
    row = find(words[0], "test")
    parser = _data_parser("power", row)
    parser.add_argument("--rho", action="append", type=float)
    parser.add_argument("--replications", type=int, default=500)
    if "seed" not in row["options"]:
        parser.add_argument("--seed", default=20260101)
    parser.add_argument("--format", choices=("text", "json"), default="text")
    args = _parse(parser, row, words[1:])
    options = _options_given(args)
    seed = cast(int, OPTIONS["seed"].parse(options.get("seed", getattr(args, "seed", 20260101))))
    from clustertrade.panel import Panel
    from clustertrade.simulate.power import power

    data = _read(args.data)
    with _of_file(args.data):
        panel = Panel.from_frame(data, entity=args.entity, time=args.time, freq=args.freq,
                                 columns=list(dict.fromkeys([args.y, *args.x])))
        result = power(row["name"], panel[args.y], panel[args.x] if args.x else None, options, rhos=args.rho,
                       replications=args.replications, seed=seed)
    if args.format == "json":
        return json.dumps(result, ensure_ascii=False, indent=1, allow_nan=False) + "\n"
    lines = [f"rejection rates of {row['name']} at this size: simulated, {result['replications']} replications, "
             f"seed {seed}", "rho     statistic         level   rate    95 % interval"]
    lines += [f"{r['rho']:<7g} {r['statistic']:<17} {r['level']:<7g} {r['rate']:<7.3f} "
              f"{r['low']:.3f} to {r['high']:.3f}" for r in result["rows"]]
    return "\n".join([*lines, *(f"warning: {w}" for w in result["warnings"])]) + "\n"


def _clean(words: list[str]) -> str:
    parser = Parser(prog="clustertrade clean", allow_abbrev=False)
    parser.add_argument("study")
    parser.add_argument("--quiet", action="store_true")
    args = parser.parse_args(words)
    return _run([args.study, "--only", "clean", *(["--quiet"] if args.quiet else [])])


def _run(words: list[str]) -> str:
    parser = Parser(prog="clustertrade run", allow_abbrev=False)
    parser.add_argument("study")
    parser.add_argument("--only", metavar="STAGE/ENTRY")
    parser.add_argument("--quiet", action="store_true")
    args = parser.parse_args(words)
    from clustertrade.run import run, to_stderr

    run(args.study, args.only, (lambda text: None) if args.quiet else to_stderr)
    return ""


def _check(words: list[str]) -> str:
    parser = Parser(prog="clustertrade check", allow_abbrev=False)
    parser.add_argument("study")
    args = parser.parse_args(words)
    from clustertrade.feasible import check

    if faults := check(args.study):
        raise DataError(f"{args.study}: {len(faults)} faults\n  " + "\n  ".join(faults))
    return f"{args.study}: the file, the raw data and the needs of every entry are in order\n"


def _init(words: list[str]) -> str:
    parser = Parser(prog="clustertrade init", allow_abbrev=False)
    parser.add_argument("name")
    args = parser.parse_args(words)
    from clustertrade.study.template import create

    path = create(args.name)
    return f"{path} is there; edit it, then: clustertrade check {args.name}; clustertrade run {args.name}\n"
