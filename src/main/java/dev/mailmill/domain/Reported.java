package dev.mailmill.domain;

import java.util.List;
import java.util.Optional;

/** What receivers' DMARC reports tell of a domain; who reads them answers. */
public interface Reported {
    /** Nobody reads reports here. */
    Reported NOTHING = new Reported() {
        @Override
        public Optional<String> address(SendingDomain domain) {
            return Optional.empty();
        }

        @Override
        public Known of(SendingDomain domain) {
            return new Known.Nothing();
        }
    };

    /** Where reports on a domain can be sent, to be read here. */
    Optional<String> address(SendingDomain domain);

    /** What has come so far. */
    Known of(SendingDomain domain);

    /** As far as it is known. */
    sealed interface Known {
        /** No reports, or not for long enough. */
        record Nothing() implements Known {
        }

        /** Each source of the last days is known as the domain's own. */
        record Clean(int days) implements Known {
        }

        /** @param sources that sent as the domain without passing, for people */
        record Strangers(int days, List<String> sources) implements Known {
            public Strangers {
                sources = List.copyOf(sources);
            }
        }
    }
}
