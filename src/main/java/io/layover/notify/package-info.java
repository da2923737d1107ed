/** Telling others of what clients push, pull and delete. */
@NullMarked
package io.layover.notify;

import org.jspecify.annotations.NullMarked;
