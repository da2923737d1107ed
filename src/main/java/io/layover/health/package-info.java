/** Whether the server is well: what is looked at, how often, and what came of it. */
@NullMarked
package io.layover.health;

import org.jspecify.annotations.NullMarked;
