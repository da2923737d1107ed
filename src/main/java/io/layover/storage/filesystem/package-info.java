/** Blobs and links in a directory of the layout that distribution uses. */
@NullMarked
package io.layover.storage.filesystem;

import org.jspecify.annotations.NullMarked;
