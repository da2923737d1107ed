/** Tests of values about hosts. */
@NullMarked
package io.layover.net;

import org.jspecify.annotations.NullMarked;
