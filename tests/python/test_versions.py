"""What is installed, in one list."""

import importlib.metadata

import kohort as kh
from kohort.support._versions import versions


def test_versions_are_those_installed_and_print_one_a_line(capsys):
    found = versions()
    assert found["kohort"] == kh.__version__
    assert found["numpy"] == importlib.metadata.version("numpy")
    kh.show_versions()
    lines = capsys.readouterr().out.splitlines()
    assert [line.split()[0] for line in lines] == list(found)


def test_public_names_are_sorted_and_all_there():
    assert len(kh.__all__) == len(set(kh.__all__))
    for name in kh.__all__:
        assert getattr(kh, name) is not None, name
    assert set(kh.__all__) <= set(dir(kh))
