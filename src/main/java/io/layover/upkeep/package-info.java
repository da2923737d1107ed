/** What is done with a storage beside serving from it. */
@NullMarked
package io.layover.upkeep;

import org.jspecify.annotations.NullMarked;
