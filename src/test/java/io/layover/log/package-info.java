/** Tests of how log lines look. */
@NullMarked
package io.layover.log;

import org.jspecify.annotations.NullMarked;
