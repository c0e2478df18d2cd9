// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <string>

#include "gateway/core/world.hpp"
#include "gateway/port/types.hpp"

namespace sallyport::core {

/// Pictures and files, both ways (product.md, Media). Implemented where HTTP and disk are known.
class Media {
  public:
    virtual ~Media() = default;
    /// Copies what a network offers into data/media, with retries; the answer's url is ours. The error says why, for a person.
    virtual void copy_in(
        Domain& domain, const std::string& own, port::Attachment attachment, std::function<void(boost::system::result<port::Attachment, std::string>)> done
    ) = 0;
    /// Looks at a link that a user sent before it is passed on: https, public address, size, type. The error is for the user.
    virtual void check_out(std::string url, std::function<void(boost::system::result<port::Attachment, std::string>)> done) = 0;
};

}  // namespace sallyport::core
