/** Real programs as test equipment: registries, clients, and Layover as its users start it. */
@NullMarked
package io.layover.parts;

import org.jspecify.annotations.NullMarked;
