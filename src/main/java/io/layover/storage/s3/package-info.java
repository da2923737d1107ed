/** Blobs and links in a bucket of the layout that distribution uses. */
@NullMarked
package io.layover.storage.s3;

import org.jspecify.annotations.NullMarked;
