// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <functional>
#include <memory>

#include "gateway/store/store.hpp"

namespace sallyport::store {

/// A write or a question was answered so long after it was handed over: waiting for others
/// included. On the owner's thread, before its completion.
struct Observer {
    std::function<void(std::chrono::duration<double>)> write;  ///< of writes that have a completion
    std::function<void(std::chrono::duration<double>)> read;
};

/// The same store, observed.
std::unique_ptr<Store> make_timed(std::unique_ptr<Store> store, Observer observer);

}  // namespace sallyport::store
