/** Files that are read again when they change. */
@NullMarked
package io.layover.watch;

import org.jspecify.annotations.NullMarked;
