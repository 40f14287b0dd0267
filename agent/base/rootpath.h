/* SPDX-License-Identifier: MIT */
/* rootpath.h -- paths below a root that no link and no ".." can leave */
#pragma once

/*
 * A link that a user made, who is neither root nor we, is followed only to what lies in a directory
 * of that user: where root reads and writes below somebody's home, its owner leads it nowhere else.
 * -ENOLINK otherwise.
 *
 * Opens the absolute PATH as if the directory ROOT (a descriptor, O_PATH will do) were "/": links
 * and ".." are resolved below it (openat2(2) with RESOLVE_IN_ROOT where there are no links, else,
 * or where the kernel or a container does not have it, by hand). O_CLOEXEC is added to FLAGS, which
 * have neither O_CREAT nor O_NOFOLLOW. The descriptor, or -errno; -EINVAL if PATH is not absolute.
 */
int rootpath_open(int root, const char *path, int flags);

/*
 * The path without links and dots that PATH leads to, owned by the caller. The last component need
 * not exist; -ENOENT if another one does not, -ELOOP after 40 links.
 */
int rootpath_resolve(int root, const char *path, char **ret);
