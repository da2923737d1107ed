/** The main job, shown without a network. */
@NullMarked
package io.layover.demo;

import org.jspecify.annotations.NullMarked;
