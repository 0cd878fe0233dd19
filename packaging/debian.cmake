# SPDX-License-Identifier: GPL-3.0-or-later
# What Debian wants otherwise than cmake --install lays it out; cpack runs this on the staged tree.
if(NOT CPACK_GENERATOR STREQUAL "DEB")
    return()
endif()
set(share ${CPACK_TEMPORARY_DIRECTORY}/usr/share)

# Pages of the manual are packed; without time stamps, so that packages can be reproduced.
file(GLOB pages ${share}/man/man1/*.1 ${share}/man/man7/*.7)
execute_process(COMMAND gzip -9nf ${pages} COMMAND_ERROR_IS_FATAL ANY)

# zsh does not look into /usr/share/zsh/site-functions there.
file(MAKE_DIRECTORY ${share}/zsh/vendor-completions)
file(RENAME ${share}/zsh/site-functions/_weir ${share}/zsh/vendor-completions/_weir)
file(REMOVE_RECURSE ${share}/zsh/site-functions)

file(RENAME ${share}/doc/weir/LICENSE ${share}/doc/weir/copyright)
