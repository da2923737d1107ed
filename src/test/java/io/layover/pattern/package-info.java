/** Patterns against what Go's libraries say of them. */
@NullMarked
package io.layover.pattern;

import org.jspecify.annotations.NullMarked;
