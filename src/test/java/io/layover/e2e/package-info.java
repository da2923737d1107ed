/** Layover as its users run it, between real registries and real clients. */
@NullMarked
package io.layover.e2e;

import org.jspecify.annotations.NullMarked;
