/** Layover: a reactive pull-through cache registry for container images. */
@NullMarked
package io.layover;

import org.jspecify.annotations.NullMarked;
