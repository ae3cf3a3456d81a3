#pragma once

#include <string>
#include <vector>

#include <kohort/model/state_space.hpp>
#include <kohort/population/entries.hpp>

namespace kohort {

/// Lets those whose support has ended come back as others of their age and sex come in: the rate
/// from `ended` to each level becomes the incidence times the entry mix of the reference year.
///
/// It belongs with entries that were counted together with returns (`first_entries`) per
/// person-year without support now, whether or not there was any before. An extract does not know
/// whose support had ended before it begins. When they come back they look new; counted apart, they
/// inflate incidence, while those whose end was seen come back besides.
///
/// @param structure  with the state `ended`, from which every level can be entered
/// @param entries    draws: one, or as many as `rates`
/// @param rates      draws x 2 x ages [x bands of time since entry] x transitions, in place
/// @throws invalid_input  `E-MODEL`: no such state, or a level that is not entered from it;
///                        `E-SHAPE`: tables of another size
void returns_as_new(const model& structure, const std::string& ended, const entry_rates& entries,
                    std::vector<double>& rates, int bands = 1);

}  // namespace kohort
