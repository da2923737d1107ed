/** The command line. */
@NullMarked
package io.layover.cli;

import org.jspecify.annotations.NullMarked;
