/** Patterns of text as Go's libraries read them: values that only compare. */
@NullMarked
package io.layover.pattern;

import org.jspecify.annotations.NullMarked;
