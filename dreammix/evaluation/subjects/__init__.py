"""The study of subjects: teaching, TAS and both stages, on things whose right answer can be rendered."""
