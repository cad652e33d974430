use std::collections::{HashMap, HashSet};

use chrono::{DateTime, Utc};
use thiserror::Error;

use crate::id::Id;

pub type CategoryId = Id<Category>;

/// Of so many levels at most the tree is made.
pub const MAX_DEPTH: usize = 8;

/// A place in the tree under which products are found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Category {
    pub id: CategoryId,
    /// None at the top.
    pub parent_id: Option<CategoryId>,
    /// Counts the children of its parent, from 0.
    pub position: i64,
    pub name: String,
    pub created_at: DateTime<Utc>,
    pub updated_at: DateTime<Utc>,
    /// Counts changes by people, from 1. To make room for another is none.
    pub version: i64,
}

/// Why the tree cannot be so.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum CategoryError {
    #[error("is not a category")]
    NoSuchParent,
    #[error("must not be the category itself, nor one below it")]
    Cycle,
    #[error("has {MAX_DEPTH} levels already: the tree may have no more")]
    TooDeep,
    #[error("there may be at most {} categories", CategoryTree::MAX_CATEGORIES)]
    TooMany,
    #[error("has categories below it: move or delete them first")]
    NotEmpty,
}

/// All of an organization's categories. Whoever changes it holds its lock, so that two
/// changes that are each right make no cycle together.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CategoryTree {
    categories: HashMap<CategoryId, Category>,
}

impl CategoryTree {
    pub const MAX_CATEGORIES: usize = 1_000;

    pub fn new(categories: Vec<Category>) -> Self {
        let categories = categories
            .into_iter()
            .map(|category| (category.id, category));
        Self {
            categories: categories.collect(),
        }
    }

    pub fn get(&self, id: CategoryId) -> Option<&Category> {
        self.categories.get(&id)
    }

    /// From the top down, each before those below it.
    pub fn in_order(&self) -> Vec<&Category> {
        let mut ordered = Vec::with_capacity(self.categories.len());
        self.descend(None, &mut ordered);
        ordered
    }

    /// A category and all below it; nothing if there is none.
    pub fn with_descendants(&self, id: CategoryId) -> Vec<CategoryId> {
        let Some(category) = self.get(id) else {
            return Vec::new();
        };
        let mut found = vec![category];
        self.descend(Some(id), &mut found);
        found.into_iter().map(|category| category.id).collect()
    }

    /// A category and all above it; nothing if there is none. Ends also in a tree that is none.
    pub fn with_ancestors(&self, id: CategoryId) -> HashSet<CategoryId> {
        let mut path = HashSet::new();
        let mut next = self.get(id);
        while let Some(category) = next {
            if !path.insert(category.id) {
                break;
            }
            next = category.parent_id.and_then(|parent| self.get(parent));
        }
        path
    }

    fn descend<'a>(&'a self, parent: Option<CategoryId>, ordered: &mut Vec<&'a Category>) {
        for child in self.children(parent) {
            ordered.push(child);
            self.descend(Some(child.id), ordered);
        }
    }

    fn children(&self, parent: Option<CategoryId>) -> Vec<&Category> {
        let of_parent = |category: &&Category| category.parent_id == parent;
        let mut children: Vec<_> = self.categories.values().filter(of_parent).collect();
        children.sort_by_key(|child| (child.position, child.id));
        children
    }

    /// Puts a category, new or not, into its parent at this position, last if there is none.
    /// Answers all whose place has changed, itself among them, as they are now.
    pub fn place(
        &mut self,
        mut category: Category,
        position: Option<usize>,
    ) -> Result<Vec<Category>, CategoryError> {
        let before = self.categories.clone();
        let parent = category.parent_id;
        self.check_place(&category)?;
        let mut siblings: Vec<_> = self.children(parent).iter().map(|child| child.id).collect();
        siblings.retain(|sibling| *sibling != category.id);
        let position = position.unwrap_or(siblings.len()).min(siblings.len());
        siblings.insert(position, category.id);
        category.position = 0;
        self.categories.insert(category.id, category);
        self.number(&siblings);
        let old_parent = before.values().find(|old| siblings[position] == old.id);
        if let Some(old) = old_parent.filter(|old| old.parent_id != parent) {
            self.close_ranks(old.parent_id);
        }
        Ok(self.changed_since(&before))
    }

    /// Takes a category out. Answers those whose place has changed.
    pub fn remove(&mut self, id: CategoryId) -> Result<Vec<Category>, CategoryError> {
        if !self.children(Some(id)).is_empty() {
            return Err(CategoryError::NotEmpty);
        }
        let before = self.categories.clone();
        if let Some(removed) = self.categories.remove(&id) {
            self.close_ranks(removed.parent_id);
        }
        Ok(self.changed_since(&before))
    }

    fn check_place(&self, category: &Category) -> Result<(), CategoryError> {
        let is_new = !self.categories.contains_key(&category.id);
        if is_new && self.categories.len() >= Self::MAX_CATEGORIES {
            return Err(CategoryError::TooMany);
        }
        let Some(parent) = category.parent_id else {
            return Ok(());
        };
        if !self.categories.contains_key(&parent) {
            return Err(CategoryError::NoSuchParent);
        }
        let ancestors = self.with_ancestors(parent);
        if ancestors.contains(&category.id) {
            return Err(CategoryError::Cycle);
        }
        if ancestors.len() + self.height(category.id) > MAX_DEPTH {
            return Err(CategoryError::TooDeep);
        }
        Ok(())
    }

    /// How many levels it has with those below it.
    fn height(&self, id: CategoryId) -> usize {
        let children = self.children(Some(id));
        let below = children.iter().map(|child| self.height(child.id)).max();
        1 + below.unwrap_or_default()
    }

    fn close_ranks(&mut self, parent: Option<CategoryId>) {
        let children: Vec<_> = self.children(parent).iter().map(|child| child.id).collect();
        self.number(&children);
    }

    fn number(&mut self, children: &[CategoryId]) {
        for (position, id) in (0..).zip(children) {
            if let Some(child) = self.categories.get_mut(id) {
                child.position = position;
            }
        }
    }

    fn changed_since(&self, before: &HashMap<CategoryId, Category>) -> Vec<Category> {
        let is_changed = |category: &&Category| before.get(&category.id) != Some(*category);
        let changed = self.categories.values().filter(is_changed);
        let mut changed: Vec<_> = changed.cloned().collect();
        changed.sort_by_key(|category| category.id);
        changed
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn category(name: &str, parent_id: Option<CategoryId>) -> Category {
        Category {
            id: Id::generate(),
            parent_id,
            position: 0,
            name: name.to_owned(),
            created_at: DateTime::UNIX_EPOCH,
            updated_at: DateTime::UNIX_EPOCH,
            version: 1,
        }
    }

    fn names(tree: &CategoryTree) -> Vec<&str> {
        let categories = tree.in_order().into_iter();
        categories.map(|category| category.name.as_str()).collect()
    }

    #[test]
    fn categories_keep_their_order_when_others_come_move_and_go() {
        let mut tree = CategoryTree::default();
        let (shoes, bags, hats) = (
            category("shoes", None),
            category("bags", None),
            category("hats", None),
        );
        let boots = category("boots", Some(shoes.id));
        for new in [&shoes, &bags, &boots] {
            tree.place(new.clone(), None).unwrap();
        }
        let moved = tree.place(hats.clone(), Some(0)).unwrap();
        assert_eq!(moved.len(), 3, "itself, and the two that made room");
        assert_eq!(names(&tree), ["hats", "shoes", "boots", "bags"]);
        let below = Category {
            parent_id: Some(shoes.id),
            ..tree.get(hats.id).unwrap().clone()
        };
        tree.place(below, Some(9)).unwrap();
        assert_eq!(names(&tree), ["shoes", "boots", "hats", "bags"]);
        assert_eq!(tree.get(bags.id).unwrap().position, 1);
        assert_eq!(
            tree.with_descendants(shoes.id),
            [shoes.id, boots.id, hats.id]
        );
        assert_eq!(tree.remove(shoes.id), Err(CategoryError::NotEmpty));
        assert_eq!(tree.remove(boots.id).unwrap().len(), 1);
        assert_eq!(names(&tree), ["shoes", "hats", "bags"]);
    }

    #[test]
    fn the_tree_has_only_so_many_levels() {
        let mut tree = CategoryTree::default();
        let mut parent = None;
        for level in 0..MAX_DEPTH {
            let next = category(&level.to_string(), parent);
            parent = Some(next.id);
            tree.place(next, None).unwrap();
        }
        let too_deep = tree.place(category("too deep", parent), None);
        assert_eq!(too_deep, Err(CategoryError::TooDeep));
        let nowhere = tree.place(category("nowhere", Some(Id::generate())), None);
        assert_eq!(nowhere, Err(CategoryError::NoSuchParent));
    }

    proptest! {
        #[test]
        fn no_moves_whatever_make_a_cycle_or_a_gap(
            moves in prop::collection::vec((0_usize..12, prop::option::of(0_usize..12), 0_usize..12), 1..60)
        ) {
            let mut tree = CategoryTree::default();
            let all: Vec<_> = (0..12).map(|n| category(&n.to_string(), None)).collect();
            for new in &all {
                tree.place(new.clone(), None).unwrap();
            }
            for (which, parent, position) in moves {
                let moved = Category {
                    parent_id: parent.map(|parent| all[parent].id),
                    ..tree.get(all[which].id).unwrap().clone()
                };
                // Refused or not: the tree stays one.
                tree.place(moved, Some(position)).ok();
                prop_assert_eq!(tree.in_order().len(), all.len());
                for category in tree.in_order() {
                    let siblings = tree.children(category.parent_id);
                    let positions: Vec<_> = siblings.iter().map(|it| it.position).collect();
                    let without_gaps: Vec<_> = (0..).take(siblings.len()).collect();
                    prop_assert_eq!(positions, without_gaps);
                }
            }
        }
    }
}
