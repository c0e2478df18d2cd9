// SPDX-License-Identifier: Apache-2.0
#pragma once

namespace sallyport::net {

/// For std::unique_ptr over a C library's objects: `Free` takes what it deletes.
template <auto Free>
struct Deleter {
    template <class T>
    void operator()(T* object) const {
        Free(object);
    }
};

}  // namespace sallyport::net
