"""Week 2, Saturday: convolutional networks and transfer learning."""
