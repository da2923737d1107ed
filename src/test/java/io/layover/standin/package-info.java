/** Stand-ins for upstream registries: what a plain registry does not do, on command. */
@NullMarked
package io.layover.standin;

import org.jspecify.annotations.NullMarked;
