"""With numpy and narwhals alone kohort works; what is missing is named with the line to type."""

import subprocess
import sys
from pathlib import Path

import pytest

HERE = Path(__file__).parent
HIDDEN = (
    "matplotlib",
    "jinja2",
    "xlsxwriter",
    "typer",
    "rich",
    "babel",
    "pandas",
    "polars",
    "pyarrow",
)


def hidden(source, *names):
    """Run a program for which these packages are not installed."""
    hide = f"import sys\nfor name in {names!r}: sys.modules[name] = None\n"
    path = f"sys.path[:0] = {[p for p in sys.path if p] + [str(HERE)]!r}\n"
    return subprocess.run(
        [sys.executable, "-W", "error", "-c", hide + path + source],
        capture_output=True, text=True, timeout=120,
    )  # fmt: skip


def test_the_base_works_without_any_of_them():
    done = hidden(
        "import kohort as kh, numpy as np\n"
        "print(kh.DEPENDENCY)\n"
        "kh.show_versions()\n"
        "q = np.array([[-1.0, 1.0], [0.0, 0.0]])\n"
        "print(kh.transition_probability(q, 1.0))\n"
        "print(kh.DEPENDENCY._repr_html_()[:6])\n",
        *HIDDEN,
    )
    assert done.returncode == 0, done.stderr
    assert "numpy" in done.stdout
    assert "0.36787" in done.stdout


def test_importing_kohort_loads_nothing_heavy():
    done = hidden(
        "import kohort\n"
        "heavy = {'matplotlib', 'pandas', 'polars', 'jinja2', 'typer', 'scipy', 'xlsxwriter'}\n"
        "print(sorted(heavy & set(sys.modules)))\n"
    )
    assert done.stdout.strip() == "[]", done.stderr


@pytest.mark.parametrize(
    ("missing", "source", "extra"),
    [
        (
            "matplotlib",
            "from kohort import plots\nplots.levels(stand_in.StandInProjection())",
            "plot",
        ),
        (
            "babel",
            "from kohort.support._language import language\nlanguage('sv').number(1.0)",
            "plot",
        ),
        ("jinja2", "from kohort.report.html import html\nhtml(stand_in.result())", "report"),
        (
            "xlsxwriter",
            "from kohort.report.exports import workbook\nworkbook(stand_in.result())",
            "excel",
        ),
        ("typer", "import kohort.cli.app", "cli"),
        (
            "SALib",
            "import kohort\nkohort.global_sensitivity(lambda x: x, {'x': (0, 1)}, samples=2)",
            "sensitivity",
        ),
    ],
)
def test_a_missing_package_is_named_with_the_line_to_type(missing, source, extra):
    done = hidden("import stand_in\n" + source, missing)
    assert done.returncode == 1
    last = done.stderr.strip().splitlines()[-1]
    assert f"need {missing}, which is not installed" in last
    assert last.endswith(f'pip install "kohort[{extra}]"')


@pytest.mark.parametrize("missing", ["typer", "rich"])
def test_the_command_line_says_what_it_lacks_and_leaves_with_5(missing):
    done = hidden("from kohort.cli import main\nmain(['demo'])", missing)
    assert done.returncode == 5
    assert 'pip install "kohort[cli]"' in done.stderr
    assert "Traceback" not in done.stderr


def test_to_frame_without_a_frame_library_says_so():
    done = hidden(
        "from kohort.support._frames import to_frame\nto_frame({'a': [1]})",
        "pandas",
        "polars",
        "pyarrow",
    )
    assert "none of them is installed" in done.stderr
