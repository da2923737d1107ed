@NullMarked
package io.layover.health;

import org.jspecify.annotations.NullMarked;
