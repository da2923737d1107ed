/** Tests of the figures. */
@NullMarked
package io.layover.metrics;

import org.jspecify.annotations.NullMarked;
