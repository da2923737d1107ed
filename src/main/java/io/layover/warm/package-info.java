/** A client that pulls images ahead of those who need them. */
@NullMarked
package io.layover.warm;

import org.jspecify.annotations.NullMarked;
