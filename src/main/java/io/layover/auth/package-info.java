/** Who asks, and what they may do. */
@NullMarked
package io.layover.auth;

import org.jspecify.annotations.NullMarked;
