import errno

import pytest

from regard.core.errors import explain_os_error


@pytest.mark.parametrize(
    "code", [errno.ENOSPC, errno.EROFS, errno.EACCES, errno.ENOENT, errno.ENOTDIR, errno.EIO]
)
def test_what_the_system_refused_is_told_in_one_line(code):
    line = explain_os_error(OSError(code, "Refused", "/some/file"))

    assert "Refused" in line
    assert "/some/file" in line
    assert "\n" not in line
