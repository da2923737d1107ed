/** Figures for operators. */
@NullMarked
package io.layover.metrics;

import org.jspecify.annotations.NullMarked;
