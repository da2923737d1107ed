/** Tests of the cache in front of other registries. */
@NullMarked
package io.layover.upstream;

import org.jspecify.annotations.NullMarked;
