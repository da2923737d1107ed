/** What futures lack that are shared between event loops. */
@NullMarked
package io.layover.futures;

import org.jspecify.annotations.NullMarked;
