/** Receivers of events, with real ones on loopback. */
@NullMarked
package io.layover.notify;

import org.jspecify.annotations.NullMarked;
