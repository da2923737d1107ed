/** Other registries, and the cache in front of them. */
@NullMarked
package io.layover.upstream;

import org.jspecify.annotations.NullMarked;
